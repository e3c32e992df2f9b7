/** CarData descriptors that nothing of the catalogue stands for, each with the reason. Their values stay under their own names. */
import { forAll, unmapped, type FieldRule } from '#protocols/layers/push/rules';

const PRECONDITIONING = 'vehicle.cabin.hvac.preconditioning.configuration';
const PLACES = [
  'row1.driverSide',
  'row1.passengerSide',
  'row2.driverSide',
  'row2.passengerSide',
  'row3.driverSide',
  'row3.passengerSide',
];
const CHARGING = 'vehicle.drivetrain.electricEngine.charging';
const BATTERY = 'vehicle.powertrain.electric.battery';
const PORTS = ['anyPosition', 'frontLeft', 'frontMiddle', 'frontRight', 'rearLeft', 'rearMiddle', 'rearRight'];

const seats = (of: string): string[] =>
  PLACES.flatMap((place) => ['cooling', 'heating'].map((what) => `${of}.seat.${place}.${what}`));
const timer = (name: string): string[] =>
  ['action', 'hour', 'minute'].map((what) => `vehicle.cabin.climate.timers.${name}.${what}`);

/** Reason, and the descriptors it holds for. */
const REASONS: readonly (readonly [reason: string, descriptors: readonly string[]])[] = [
  [
    'a comfort setting: what shall be, not what is',
    [
      ...['defaultSettings', 'directStartSettings'].flatMap((settings) => [
        ...seats(`${PRECONDITIONING}.${settings}`),
        `${PRECONDITIONING}.${settings}.steeringWheel.heating`,
        `${PRECONDITIONING}.${settings}.targetTemperature`,
      ]),
      `${PRECONDITIONING}.isRemoteEngineStartDisclaimer`,
      'vehicle.vehicle.preConditioning.isRemoteEngineStartAllowed',
    ],
  ],
  [
    'comfort inside the cabin, of no use to a fleet',
    [...seats('vehicle.cabin'), 'vehicle.cabin.steeringWheel.heating', 'vehicle.cabin.hvac.statusAirPurification'],
  ],
  [
    'a timer of the driver, an hour and a minute of a local day',
    ['overwriteTimer', 'weekdaysTimer1', 'weekdaysTimer2'].flatMap(timer),
  ],
  [
    'a charging setting: what shall be, not what is',
    [
      'vehicle.body.chargingPort.isHospitalityActive',
      'vehicle.body.flap.isPermanentlyUnlocked',
      `${CHARGING}.acRestriction.factor`,
      `${CHARGING}.acRestriction.isChosen`,
      `${CHARGING}.isImmediateChargingSystemReason`,
      `${CHARGING}.isSingleImmediateCharging`,
      `${CHARGING}.modeDeviation`,
      `${CHARGING}.profile.climatizationActive`,
      `${CHARGING}.profile.isRcpConfigComplete`,
      `${CHARGING}.profile.mode`,
      `${CHARGING}.profile.preference`,
      `${CHARGING}.profile.settings.biDirectionalCharging.departureTimeRelevant`,
      `${CHARGING}.profile.settings.biDirectionalCharging.dischargeAllowed`,
      `${CHARGING}.profile.timerType`,
      `${CHARGING}.routeOptimizedChargingStatus`,
      `${CHARGING}.windowSelection`,
      `${BATTERY}.biDirectionalCharging.availability`,
      `${BATTERY}.charging.acousticLimit`,
      `${BATTERY}.charging.batteryCarePersisted.isActive`,
      `${BATTERY}.charging.batteryCarePersisted.isPreservingChargingMode`,
      `${BATTERY}.charging.batteryCarePersisted.isReducedTargetSoe`,
      `${BATTERY}.charging.dcChargingModeActive`,
      `${BATTERY}.charging.preferenceSmartCharging`,
      `${BATTERY}.charging.settingsList`,
      `${BATTERY}.preconditioning.automaticMode.statusFeedback`,
      `${BATTERY}.preconditioning.manualMode.statusFeedback`,
      `${BATTERY}.stateOfCharge.targetMin`,
      `${BATTERY}.stateOfCharge.targetSoCForProfessionalMode`,
      ...PORTS.map((port) => `vehicle.powertrain.tractionBattery.charging.port.${port}.flap.isAutomaticOpenAndCloseActive`),
    ],
  ],
  [
    'the contract between the vehicle and a charging station',
    [
      'vehicle.body.chargingPort.isoSessionId',
      'vehicle.body.chargingPort.plugEventId',
      `${CHARGING}.authentication.status`,
      `${BATTERY}.charging.authenticationStatus`,
    ],
  ],
  [
    'how the display shows something else; that other value carries its unit itself',
    [
      'vehicle.cabin.infotainment.displayUnit.distance',
      'vehicle.cabin.infotainment.hmi.distanceUnit',
      'vehicle.powertrain.electric.chargingDuration.displayControl',
      'vehicle.powertrain.electric.departureTime.displayControl',
      'vehicle.powertrain.electric.range.displayControl',
      'vehicle.cabin.infotainment.navigation.pointsOfInterests.available',
      'vehicle.cabin.infotainment.navigation.pointsOfInterests.max',
    ],
  ],
  [
    'a time of day, or a local time without its zone: no instant can be made of it',
    [
      'vehicle.cabin.infotainment.navigation.destinationSet.arrivalTime',
      'vehicle.channel.ngtp.timeVehicle',
      'vehicle.vehicle.timeSetting',
      'vehicle.vehicle.antiTheftAlarmSystem.alarm.activationTime',
    ],
  ],
  [
    'documented in billionths of a second, which is no unit of an angle',
    [
      'vehicle.cabin.infotainment.navigation.destinationSet.latitude',
      'vehicle.cabin.infotainment.navigation.destinationSet.longitude',
    ],
  ],
  [
    'the dealings between driver, vehicle and workshop',
    [
      'vehicle.channel.ista.obfcm.lastTransmissionStatus',
      'vehicle.channel.teleservice.lastAutomaticServiceCallTime',
      'vehicle.channel.teleservice.lastBreakdownCallTime',
      'vehicle.channel.teleservice.lastManualCallTime',
      'vehicle.channel.teleservice.lastTeleserviceReportTime',
      'vehicle.channel.teleservice.status',
      'vehicle.sevice.preferredSevicePartner',
      'vehicle.privacySettings.dataCollection.regulations.obfcm',
    ],
  ],
  ['a threshold that never changes', ['vehicle.status.serviceTime.hUandAuServiceYellow', 'vehicle.status.serviceTime.yellow']],
  [
    'how far another value is to be believed; BMW names no values for it',
    ['vehicle.electricalSystem.battery.stateOfChargePlausibility', 'vehicle.cabin.convertible.roofRetractableStatus'],
  ],
  [
    'a document of its own, not a value: its parts are not in the catalogue of descriptors',
    [
      'vehicle.chassis.axle.wheel.tire.diagnosis',
      'vehicle.electronicControlUnit.diagnosticTroubleCodes.raw',
      'vehicle.extras.optionalEquipment.code',
      'vehicle.learningNavigation',
      'vehicle.look.image',
      `${BATTERY}.charging.history.sessionsList`,
      'vehicle.serviceDemand.defect.id',
      'vehicle.status.checkControlMessages',
      'vehicle.status.conditionBasedServices',
      'vehicle.vehicleIdentification.basicVehicleData',
      'vehicle.vehicleIdentification.connectedDriveContractList',
    ],
  ],
];

export const UNMAPPED_FIELDS: Readonly<Record<string, FieldRule>> = Object.assign(
  {},
  ...REASONS.map(([reason, descriptors]) => forAll(descriptors, unmapped(reason))),
) as Record<string, FieldRule>;
