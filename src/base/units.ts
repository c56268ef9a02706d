/** Milliseconds on a monotonic clock, or a duration in milliseconds; fractions allowed. */
export type Millis = number;
