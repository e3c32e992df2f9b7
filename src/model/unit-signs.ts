/** Signs for the units of the catalogue, where a line has little room. */
const UNIT_SIGNS: Readonly<Record<string, string>> = {
  ampere: 'A',
  byte: 'bytes',
  degree: '°',
  'degree (angle)': '°',
  'degree Celsius': '°C',
  gram: 'g',
  'gram per second': 'g/s',
  hour: 'h',
  kilogram: 'kg',
  'kilogram per hour': 'kg/h',
  kilometre: 'km',
  'kilometre per hour': 'km/h',
  kilopascal: 'kPa',
  kilowatt: 'kW',
  'kilowatt hour': 'kWh',
  litre: 'l',
  'litre per hour': 'l/h',
  metre: 'm',
  'metre per second squared': 'm/s²',
  'microgram per litre': 'µg/l',
  minute: 'min',
  'newton metre': 'Nm',
  percent: '%',
  'revolutions per minute': 'rpm',
  second: 's',
  volt: 'V',
  watt: 'W',
};

/** A value with the sign of its unit; the unit's name where it has none. */
export function withUnit(value: string, unit: string | null): string {
  if (unit === null) return value;
  const sign = UNIT_SIGNS[unit] ?? unit;
  return sign === '°' ? `${value}°` : `${value} ${sign}`;
}
