/** Equal parts of the time shown: as many as a wide plot can tell apart. */
export const SLICES = 600;
/** Places of a track: as many as a map can draw at once with ease. */
export const PLACES = 2_000;
