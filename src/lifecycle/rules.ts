/** The numbers of the lifecycle. Configuration may set each; the defaults are the values below. */
export interface EvidenceRules {
  /** Distance a vehicle must be seen to drive before its tracker is `connected`, metres. */
  neededM: number;
  /** A step up to this length is held to be the receiver's noise, metres. */
  jitterM: number;
  /** A step that would need more than this speed is a jump of the receiver and adds nothing, km/h. */
  maxSpeedKmh: number;
  /** Satellites that make a fix good. */
  minSatellites: number;
  /** Horizontal dilution that makes a fix good, without unit. */
  maxHdop: number;
  /** Distinct erroneous fixes, with no usable one among them, that move a tracker to `error_data`. */
  erroneousFixes: number;
  /** Accepted fixes kept one by one; older ones are summed up and can no longer be inserted between. */
  keptFixes: number;
}

export const EVIDENCE_RULES: EvidenceRules = {
  neededM: 500,
  jitterM: 30,
  maxSpeedKmh: 250,
  minSatellites: 4,
  maxHdop: 5,
  erroneousFixes: 20,
  keptFixes: 512,
};
