/**
 * What a leader says to a name that was added and is not known yet, to be repeated in the answer. Nobody who was there before the member was added can
 * have heard it, so the answer is that of the life which was added, however late older answers arrive. `since`: index of the leader's last entry when it was, or when its term began.
 *
 * Other heartbeats carry the round of the reads, which is shorter.
 */
export function encodeGreeting(term: number, since: number): Uint8Array {
  const bytes = Buffer.alloc(16);
  bytes.writeDoubleBE(term, 0);
  bytes.writeDoubleBE(since, 8);
  return bytes;
}
