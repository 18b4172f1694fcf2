import { readFileSync } from 'node:fs';
import { type EtcdConfig, EtcdUrlError, parseEtcdUrl } from '@orrery/apiserver';
import { type UpOptions, UsageError } from '../command-line/command-line.ts';

/** The etcd cluster that `--storage` names, with the contents of the files that it names. Throws `UsageError`. */
export function etcdChoice({ storage }: UpOptions): EtcdConfig | undefined {
  if (storage === undefined) return undefined;
  const { endpoints, prefix, files } = understood(storage);
  const { ca, cert, key } = files;
  if (ca === undefined && cert === undefined) return { endpoints, prefix };
  const tls = {
    ...(ca !== undefined && { certificateAuthority: textOf(ca) }),
    ...(cert !== undefined && key !== undefined && { certificate: textOf(cert), key: textOf(key) }),
  };
  return { endpoints, prefix, tls };
}

/** Throws `UsageError` where the file cannot be read. */
export function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`${file} cannot be read`, { cause });
  }
}

function understood(storage: string): ReturnType<typeof parseEtcdUrl> {
  try {
    return parseEtcdUrl(storage);
  } catch (error) {
    if (!(error instanceof EtcdUrlError)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}
