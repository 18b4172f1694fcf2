/** Milliseconds: a duration, or a point in time since the Unix epoch, as the name of the value says. */
export type Milliseconds = number;

/** Where all code gets the time from. The wall clock may jump; the monotonic one never runs backwards. */
export interface Clock {
  /** Wall-clock time, in milliseconds since the Unix epoch. */
  now(): Milliseconds;
  /** Milliseconds since an arbitrary origin, with a fraction; only differences have a meaning. */
  monotonic(): Milliseconds;
}
