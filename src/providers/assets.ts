/** What the registration of an asset must say besides what every tracker says: rules between its fields. Pure. */

/** The fields that rules speak of, by the names callers know. */
export interface AssetFacts {
  provider: string;
  installation_order: boolean;
  company_address_oid?: string | undefined;
  contact_person?: string | undefined;
  odo_value?: number | undefined;
  registration_country: string;
  credentials?: Readonly<Record<string, string>> | undefined;
}

/** Providers whose data comes over an account of the company. */
const NEED_CREDENTIALS: ReadonlySet<string> = new Set(['cartrack', 'hyundai-kia']);
/** Providers that fit their boxes themselves, on an order. */
const FITS_BOXES = 'targa';

/** Says in words which rules a registration breaks. */
export function assetProblems(asset: AssetFacts): string[] {
  const { provider, installation_order: isOrdered } = asset;
  const problems: string[] = [];
  if (isOrdered && provider === FITS_BOXES) {
    for (const field of ['company_address_oid', 'contact_person'] as const) {
      if (asset[field] === undefined) problems.push(`${field} is needed where installation_order is true`);
    }
  } else if (isOrdered) {
    problems.push(`installation_order is only true with ${FITS_BOXES}: ${provider} fits no boxes`);
  }
  if (provider === 'mercedes-benz' && asset.odo_value === undefined) problems.push('odo_value is needed with mercedes-benz');
  if (NEED_CREDENTIALS.has(provider) && asset.credentials === undefined)
    problems.push(`credentials are needed with ${provider}`);
  if (!COUNTRIES.has(asset.registration_country)) {
    problems.push(`registration_country "${asset.registration_country}" is no country of ISO 3166-1 alpha-3, such as ESP`);
  }
  return problems;
}

/** ISO 3166-1 alpha-3, officially assigned codes. */
const COUNTRIES: ReadonlySet<string> = new Set(
  `ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD BGR BHR BHS BIH BLM BLR BLZ BMU BOL
   BRA BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR COD COG COK COL COM CPV CRI CUB CUW CXR CYM CYP CZE DEU DJI DMA DNK DOM
   DZA ECU EGY ERI ESH ESP EST ETH FIN FJI FLK FRA FRO FSM GAB GBR GEO GGY GHA GIB GIN GLP GMB GNB GNQ GRC GRD GRL GTM GUF GUM GUY
   HKG HMD HND HRV HTI HUN IDN IMN IND IOT IRL IRN IRQ ISL ISR ITA JAM JEY JOR JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY
   LCA LIE LKA LSO LTU LUX LVA MAC MAF MAR MCO MDA MDG MDV MEX MHL MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS MWI MYS MYT NAM
   NCL NER NFK NGA NIC NIU NLD NOR NPL NRU NZL OMN PAK PAN PCN PER PHL PLW PNG POL PRI PRK PRT PRY PSE PYF QAT REU ROU RUS RWA SAU
   SDN SEN SGP SGS SHN SJM SLB SLE SLV SMR SOM SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA TJK TKL TKM TLS TON
   TTO TUN TUR TUV TWN TZA UGA UKR UMI URY USA UZB VAT VCT VEN VGB VIR VNM VUT WLF WSM YEM ZAF ZMB ZWE`.split(/\s+/),
);
