/** The images of a node. References come as users write them; `images/image-reference.ts` says what they mean. */
export interface Images {
  list(): Promise<readonly ImageRecord[]>;
  /** By reference, digest reference or id. */
  find(reference: string): Promise<ImageRecord | undefined>;
  /** Gets what `reference` names now and resolves with the image. Pulls of one image share the work. */
  pull(request: PullRequest): Promise<ImageRecord>;
  /** Nothing happens where there is no such image. */
  remove(reference: string): Promise<void>;
  usage(): Promise<ImageUsage>;
}

export interface PullRequest {
  readonly reference: string;
  readonly credentials: RegistryCredentials | undefined;
  /** Of the pod that the image is for. */
  readonly podAnnotations: Readonly<Record<string, string>>;
}

export type RegistryCredentials =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'identityToken'; readonly token: string }
  | { readonly kind: 'bearer'; readonly token: string };

export interface ImageRecord {
  /** `sha256:` and the digest of the image's configuration. */
  readonly id: string;
  /** Full references with a tag. */
  readonly repoTags: readonly string[];
  /** Full references with a digest. */
  readonly repoDigests: readonly string[];
  readonly sizeBytes: number;
  /** As the image says: `uid`, `name`, with or without a group. Empty for root. */
  readonly user: string;
}

export interface ImageUsage {
  /** Where images live. */
  readonly folder: string;
  readonly usedBytes: number;
  readonly inodesUsed: number;
}
