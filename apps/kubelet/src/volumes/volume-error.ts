/** A volume cannot be set up yet; the message ends the `FailedMount` event. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError';
}
