import type { RegistryCredentials } from '../cri-service/images.ts';
import type { ImageReference } from './image-reference.ts';

/** Where images come from. */
export interface ImageSource {
  /** Begins to get what `reference` names; `undefined` where this source does not have it. */
  find(reference: ImageReference, credentials: RegistryCredentials | undefined): Promise<FoundImage | undefined>;
}

export interface FoundImage {
  /** Of the manifest or index that the reference names. */
  readonly digest: string;
  readonly document: Uint8Array;
  /** A manifest that the index names. */
  manifest(digest: string): Promise<Uint8Array>;
  blob(digest: string): AsyncIterable<Uint8Array>;
  /** Whether the digest is a registry's, good for `repoDigests`. */
  readonly fromRegistry: boolean;
}
