import { BoltReader } from '../reading/bolt-reader.ts';
import { type BoltBucketContent, type BoltFile, planBoltFile } from '../writing/bolt-file.ts';
import { memoryFile } from './memory-file.ts';

/** Buckets and their pairs, as text. */
export type Content = Readonly<Record<string, readonly (readonly [string, string])[]>>;

/** The file of these buckets; pairs in order of their keys. */
export function fileOf(content: Content, pageBytes?: number): Uint8Array {
  return Buffer.concat([...planned(bucketsOf(content), pageBytes).chunks()]);
}

export function planned(buckets: readonly BoltBucketContent[], pageBytes?: number): BoltFile {
  const planning = planBoltFile(buckets, pageBytes);
  for (let step = planning.next(); ; step = planning.next()) if (step.done) return step.value;
}

export function bucketsOf(content: Content): BoltBucketContent[] {
  return Object.entries(content).map(([name, pairs]) => ({
    name,
    *entries() {
      for (const [key, value] of pairs) {
        const bytes = Buffer.from(value);
        yield { key: Buffer.from(key), valueBytes: bytes.length, value: () => bytes };
      }
    },
  }));
}

/** Everything that the reader finds in a file. */
export async function contentOf(file: Uint8Array): Promise<Content> {
  const content: Record<string, [string, string][]> = {};
  const reader = await BoltReader.open(memoryFile(file));
  for await (const item of reader.root.items()) {
    if (item.kind !== 'bucket') throw new Error('a value among the buckets');
    const pairs: [string, string][] = [];
    for await (const inner of item.bucket.items()) {
      if (inner.kind === 'value') pairs.push([text(inner.key), text(inner.value)]);
    }
    content[text(item.key)] = pairs;
  }
  return content;
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
