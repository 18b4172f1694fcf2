/** Records as JSON text: 64-bit numbers and bytes, which JSON does not have, become tagged objects. */
export function encodeRecord(record: unknown): Uint8Array {
  const text = JSON.stringify(record, (_key, value: unknown) => {
    if (typeof value === 'bigint') return { $int64: value.toString() };
    if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
    // A Buffer has become this before a replacer sees it.
    if (isBufferJson(value)) return { $bytes: Buffer.from(value.data).toString('base64') };
    return value;
  });
  return new TextEncoder().encode(text);
}

/** The record, or `undefined` where the text is none. */
export function decodeRecord<T>(bytes: Uint8Array): T | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(bytes), (_key, value: unknown) => {
      if (typeof value !== 'object' || value === null) return value;
      if ('$int64' in value && typeof value.$int64 === 'string') return BigInt(value.$int64);
      if ('$bytes' in value && typeof value.$bytes === 'string')
        return new Uint8Array(Buffer.from(value.$bytes, 'base64'));
      return value;
    }) as T;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isBufferJson(value: unknown): value is { type: 'Buffer'; data: number[] } {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer' && 'data' in value;
}
