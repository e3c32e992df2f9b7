/** The numbers of the lifecycle. Configuration may set each; the defaults are the values below. */
export interface EvidenceRules {
  /** Distance a vehicle must be seen to drive before its tracker is `connected`, metres. */
  neededM: number;
  /** A step up to this length is held to be the receiver's noise, metres. */
  jitterM: number;
  /** A step slower than this is held to be the drift of a standing receiver, km/h. */
  driftKmh: number;
  /** A step that would need more than this speed is a jump of the receiver and adds nothing, km/h. */
  maxSpeedKmh: number;
  /**
   * A step after a longer silence adds nothing, ms: a box may be unplugged, posted to another town and plugged in again without
   * its vehicle driving a metre.
   */
  maxGapMs: number;
  /** One step counts for at most this part of the distance needed, so that one wrong place, left for and come back from, is not enough. */
  leastSteps: number;
  /** A fix with fewer satellites is weak, where the device tells them. */
  minSatellites: number;
  /** A fix with a greater horizontal dilution is weak, where the device tells it; without unit. */
  maxHdop: number;
  /** Distinct erroneous fixes, with no usable one among them, that move a tracker to `error_data`. */
  erroneousFixes: number;
  /** Accepted fixes kept one by one; older ones are summed up and can no longer be inserted between. */
  keptFixes: number;
}

export const EVIDENCE_RULES: EvidenceRules = {
  neededM: 500,
  jitterM: 25,
  driftKmh: 1,
  maxSpeedKmh: 250,
  maxGapMs: 3_600_000,
  leastSteps: 3,
  minSatellites: 4,
  maxHdop: 5,
  erroneousFixes: 20,
  keptFixes: 512,
};

/** What configuration says of the rules. */
export interface EvidenceSettings {
  connectMetres: number;
  jitterMetres: number;
  maxSpeedKmh: number;
  minSatellites: number;
  maxHdop: number;
  erroneousFixes: number;
}

/** The rules as configuration sets them. */
export function evidenceRules(settings: EvidenceSettings): EvidenceRules {
  const { connectMetres, jitterMetres, maxSpeedKmh, minSatellites, maxHdop, erroneousFixes } = settings;
  return {
    ...EVIDENCE_RULES,
    neededM: connectMetres,
    jitterM: jitterMetres,
    maxSpeedKmh,
    minSatellites,
    maxHdop,
    erroneousFixes,
  };
}
