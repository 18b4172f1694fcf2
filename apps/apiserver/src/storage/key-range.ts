/** The first key behind all keys that begin with `prefix`. */
export function endOfPrefix(prefix: Uint8Array): Uint8Array {
  for (let at = prefix.length - 1; at >= 0; at -= 1) {
    const byte = prefix[at] ?? 0xff;
    if (byte === 0xff) continue;
    const end = prefix.slice(0, at + 1);
    end[at] = byte + 1;
    return end;
  }
  return new Uint8Array([0]);
}

/** The first key behind `key`. */
export function keyAfter(key: Uint8Array): Uint8Array {
  const after = new Uint8Array(key.length + 1);
  after.set(key);
  return after;
}
