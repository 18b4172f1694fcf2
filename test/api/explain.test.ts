import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type JsonSchema, openApiV2, openApiV3, ResourceTable } from '@orrery/api';
import { kubectlVersions } from '../e2e/kubectl-versions.ts';
import { repository, run } from '../e2e/orrery-command.ts';
import { HttpsCluster } from './https-cluster.ts';

jest.setTimeout(90_000);

type Schemas = Readonly<Record<string, JsonSchema>>;

const table = ResourceTable.builtIn();
const models = join(repository, 'node_modules/@kubernetes/client-node/dist/gen/models');
const jsonSchemaProps = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps';

/** Upstream's API reference has no words for these either: its server describes them with nothing, and so does ours. */
const silent: ReadonlySet<string> = new Set([
  'io.k8s.api.admissionregistration.v1alpha1.MatchCondition',
  ...['description', 'url'].map(
    (field) => `io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ExternalDocumentation.${field}`,
  ),
  ...'$ref $schema allOf anyOf definitions dependencies description enum exclusiveMaximum exclusiveMinimum id maxItems maxLength maxProperties maximum minItems minLength minProperties minimum multipleOf nullable oneOf pattern patternProperties properties required title type uniqueItems'
    .split(' ')
    .map((field) => `${jsonSchemaProps}.${field}`),
  'io.k8s.apimachinery.pkg.apis.meta.v1.GroupResource.group',
  'io.k8s.apimachinery.pkg.apis.meta.v1.GroupResource.resource',
  'io.k8s.apimachinery.pkg.apis.meta.v1.WatchEvent.type',
  ...'buildDate compiler gitCommit gitTreeState gitVersion goVersion platform'
    .split(' ')
    .map((field) => `io.k8s.apimachinery.pkg.version.Info.${field}`),
]);

/** What a document says of its types and their fields: `io.k8s.api.core.v1.Pod`, `io.k8s.api.core.v1.Pod.spec`. */
function descriptionsIn(schemas: Schemas): [string, string | undefined][] {
  return Object.entries(schemas).flatMap(([type, { description, properties = {} }]) => [
    [type, description] as [string, string | undefined],
    ...Object.entries(properties).map(
      ([field, property]) => [`${type}.${field}`, property.description] as [string, string | undefined],
    ),
  ]);
}

async function schemasOfEveryGroup(): Promise<Schemas> {
  const documents = await Promise.all(table.groupVersions().map((groupVersion) => openApiV3(table, groupVersion)));
  return Object.assign({}, ...documents.map((document) => document?.components.schemas ?? {}));
}

/** The models escape what would end a comment. */
const plain = (text: string): string => text.replace(/[\\_]/g, '');

/** Every doc comment of the official client, which is made from upstream's own document. */
function documentedTexts(): ReadonlySet<string> {
  const files = readdirSync(models).filter((name) => name.endsWith('.d.ts'));
  return new Set(
    files.flatMap((name) => {
      const comments = readFileSync(join(models, name), 'utf8').matchAll(/\/\*\*\n\s*\* (.*)\n\s*\*\//g);
      return [...comments].map(([, comment = '']) => plain(comment));
    }),
  );
}

describe('what the OpenAPI documents say of every kind', () => {
  it.each<[string, () => Promise<Schemas>]>([
    ['2', async () => (await openApiV2(table)).definitions],
    ['3', schemasOfEveryGroup],
  ])('has a description of each type and field, down to the last (version %s)', async (_, load) => {
    const schemas = await load();
    const refs = new Set(JSON.stringify(schemas).match(/io\.k8s\.[\w.-]+(?=")/g));
    expect([...refs].filter((name) => schemas[name] === undefined)).toEqual([]);
    const missing = descriptionsIn(schemas).filter(([name, description]) => !description && !silent.has(name));
    expect(missing.map(([name]) => name)).toEqual([]);
    const kinds = Object.values(schemas).flatMap(
      (schema) =>
        (schema['x-kubernetes-group-version-kind'] ?? []) as { group: string; version: string; kind: string }[],
    );
    const described = new Set(kinds.map(({ group, version, kind }) => `${group}/${version}/${kind}`));
    const served = table.all().map(({ group, version, kind }) => `${group}/${version}/${kind}`);
    expect(served.filter((kind) => !described.has(kind))).toEqual([]);
  });

  it('is the same in both versions', async () => {
    const second = new Map(descriptionsIn((await openApiV2(table)).definitions));
    const other = descriptionsIn(await schemasOfEveryGroup()).filter(([name, text]) => second.get(name) !== text);
    expect(other).toEqual([]);
  });

  it("is in the API reference's words, but for types that are no objects or have no fields", async () => {
    const documented = documentedTexts();
    const { definitions } = await openApiV2(table);
    const inOwnWords = descriptionsIn(definitions).filter(([, text]) => text && !documented.has(plain(text)));
    const own = new Set(
      inOwnWords.flatMap(([name, text]) => (definitions[name]?.properties === undefined ? [text] : [])),
    );
    expect(inOwnWords.filter(([, text]) => !own.has(text))).toEqual([]);
  });
});

const versions = kubectlVersions();
const oldestAndNewest = versions.filter((_, index) => index === 0 || index === versions.length - 1);

/** Debian's asks for version 2 in protobuf; from 1.27 on kubectl asks for version 3. */
(versions.length > 0 ? describe : describe.skip)('kubectl explain', () => {
  let cluster: HttpsCluster;
  beforeAll(async () => {
    cluster = await HttpsCluster.start();
  });
  afterAll(() => cluster.stop());

  const explain = async (path: string, ...args: string[]): Promise<string> => {
    const outcome = await run(path, ['explain', ...args], { env: cluster.kubectlEnvironment });
    expect({ args, ...outcome }).toMatchObject({ exitCode: 0, stderr: '' });
    return outcome.stdout.replace(/\s+/g, ' ');
  };

  const servedKinds = async (): Promise<{ resource: string; apiVersion: string; kind: string }[]> => {
    const outcome = await cluster.kubectl(['api-resources', '--verbs=get', '--no-headers']);
    expect(outcome).toMatchObject({ exitCode: 0 });
    return outcome.stdout
      .trim()
      .split('\n')
      .map((line) => {
        const cells = line.split(/\s+/);
        const [apiVersion = '', , kind = ''] = cells.slice(-3);
        return { resource: cells[0] ?? '', apiVersion, kind };
      });
  };

  it.each(versions)('of $label shows what a field is for, and every field below a kind', async ({ path }) => {
    const { definitions } = await openApiV2(table);
    const container = definitions['io.k8s.api.core.v1.Container']?.properties ?? {};
    const shown = await explain(path, 'pod.spec.containers.image');
    expect(shown).toMatch(/FIELD: image <string>/);
    expect(shown).toContain(`DESCRIPTION: ${container.image?.description}`);
    const recursive = await explain(path, 'pods', '--recursive');
    for (const field of Object.keys(container)) expect(recursive).toContain(`${field} <`);
  });

  it.each(oldestAndNewest)('of $label knows each kind that is served', async ({ path }) => {
    const unexplained: string[] = [];
    const served = await servedKinds();
    expect(served.length).toBeGreaterThan(50);
    for (const { resource, apiVersion, kind } of served) {
      const shown = await explain(path, resource, `--api-version=${apiVersion}`, '--recursive');
      const [, description = ''] = /DESCRIPTION: (.*?) FIELDS:/.exec(shown) ?? [];
      if (description.trim() === '' || description.includes('<empty>') || !shown.includes(`KIND: ${kind}`)) {
        unexplained.push(`${apiVersion} ${kind}`);
      }
    }
    expect(unexplained).toEqual([]);
  });
});
