/** What a type and its fields mean, in the words of the API reference. */
export interface TypeDescription {
  readonly description?: string;
  readonly fields?: Readonly<Record<string, string>>;
}

/** By the name of the type: `api.core.v1.Pod`. */
export type TypeDescriptions = Readonly<Record<string, TypeDescription>>;

let loading: Promise<TypeDescriptions> | undefined;

/** Reads the descriptions on first use: nearly a megabyte that most processes never need. */
export function loadDescriptions(): Promise<TypeDescriptions> {
  loading ??= import('../generated/descriptions-table.ts').then(
    ({ descriptionsJson }) => JSON.parse(descriptionsJson) as TypeDescriptions,
  );
  return loading;
}
