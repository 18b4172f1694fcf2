/** A value of ASN.1 in its distinguished encoding (X.690). */
export interface DerValue {
  readonly tag: number;
  /** Tag, length and content. */
  readonly whole: Buffer;
  readonly content: Buffer;
  /** The values within a sequence or set; none in a primitive one. */
  readonly children: readonly DerValue[];
}

const depthMax = 16;
const constructedBit = 0x20;

/** The value that the bytes are; `undefined` where they are not exactly one. */
export function readDer(bytes: Buffer): DerValue | undefined {
  const values = readAll(bytes, 0);
  return values?.length === 1 ? values[0] : undefined;
}

function readAll(bytes: Buffer, depth: number): DerValue[] | undefined {
  if (depth > depthMax) return undefined;
  const values: DerValue[] = [];
  for (let at = 0; at < bytes.length; ) {
    const value = readOne(bytes.subarray(at), depth);
    if (!value) return undefined;
    values.push(value);
    at += value.whole.length;
  }
  return values;
}

function readOne(bytes: Buffer, depth: number): DerValue | undefined {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined) return undefined;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (lengthBytes > 4 || bytes.length < 2 + lengthBytes || first === 0x80) return undefined;
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(2, lengthBytes);
  const start = 2 + lengthBytes;
  if (bytes.length < start + length) return undefined;
  const content = bytes.subarray(start, start + length);
  const children = (tag & constructedBit) === 0 ? [] : readAll(content, depth + 1);
  return children && { tag, whole: bytes.subarray(0, start + length), content, children };
}
