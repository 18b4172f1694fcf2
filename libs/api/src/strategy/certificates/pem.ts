/** One block of a PEM text. */
export interface PemBlock {
  readonly type: string;
  readonly hasHeaders: boolean;
  readonly bytes: Buffer;
}

const block = /-----BEGIN ([^\n-]+)-----[ \t]*\r?\n([\s\S]*?)-----END \1-----/g;

/** The blocks of the text; what stands between them does not count. */
export function pemBlocks(text: string): PemBlock[] {
  return [...text.matchAll(block)].map(([, type = '', body = '']) => {
    const headers = /^(?:[^\n:]+:[^\n]*\r?\n)+\r?\n/.exec(body);
    return {
      type,
      hasHeaders: headers !== null,
      bytes: Buffer.from(body.slice(headers?.[0].length ?? 0), 'base64'),
    };
  });
}
