import { CustomResourceDefinition } from '@orrery/api';
import type { TestCluster } from '@orrery/testing';
import { type ReadObject, succeeded } from '../api-machinery/test-namespace.ts';
import { ResourceRequests } from '../api-parts/resource-requests.ts';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Whatever an object has beside its metadata is kept. */
export const allowAll = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };

export interface WantedDefinition {
  /** Singular; the plural has one s more, and the kind is the same word. */
  readonly name: string;
  /** Default `mygroup.example.com`. */
  readonly group?: string;
  /** Default `Cluster`. */
  readonly scope?: 'Cluster' | 'Namespaced';
  readonly labels?: object;
  /** Default v1beta1, which allows everything. */
  readonly versions?: readonly object[];
  readonly conversion?: object;
}

const versionsDefault = [{ name: 'v1beta1', served: true, storage: true, schema: allowAll }];

export function definitionOf(wanted: WantedDefinition): ReadObject {
  const { name, group = 'mygroup.example.com', scope = 'Cluster', labels, versions = versionsDefault } = wanted;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${name}s.${group}`, ...(labels && { labels }) },
    spec: {
      group,
      scope,
      names: { plural: `${name}s`, singular: name, kind: name, listKind: `${name}List` },
      versions,
      ...(wanted.conversion && { conversion: wanted.conversion }),
    },
  };
}

/** A definition of one test alone. */
export class TestDefinition {
  private constructor(
    private readonly cluster: TestCluster,
    /** As it was created. */
    readonly created: ReadObject,
  ) {}

  /** Creates it and waits until its objects are served. */
  static async create(cluster: TestCluster, wanted: WantedDefinition): Promise<TestDefinition> {
    const created = await succeeded(cluster.raw.post(definitions, definitionOf(wanted)));
    const key = { namespace: '', name: created.metadata.name };
    await cluster.waitFor(CustomResourceDefinition, key, (definition) =>
      Boolean(definition?.status.conditions?.some(({ type, status }) => type === 'Established' && status === 'True')),
    );
    return new TestDefinition(cluster, created);
  }

  get name(): string {
    return this.created.metadata.name;
  }

  get kind(): string {
    return this.created.spec.names.kind;
  }

  /** `<group>/<version>`; default the first version. */
  apiVersion(version: string = this.created.spec.versions[0].name): string {
    return `${this.created.spec.group}/${version}`;
  }

  /** An object, to be sent. */
  object(name: string, more: object = {}, version?: string): ReadObject {
    return { apiVersion: this.apiVersion(version), kind: this.kind, metadata: { name }, ...more };
  }

  /** The requests to its objects. */
  requests(version?: string, namespace?: string): ResourceRequests {
    const scope = namespace === undefined ? '' : `/namespaces/${namespace}`;
    return new ResourceRequests(
      this.cluster,
      `/apis/${this.apiVersion(version)}${scope}/${this.created.spec.names.plural}`,
    );
  }

  /** Changes it, and waits until the change is known. */
  async patch(patch: object, contentType = 'application/json-patch+json'): Promise<ReadObject> {
    const path = `${definitions}/${this.name}`;
    const patched = await succeeded(this.cluster.raw.request('PATCH', path, patch, { contentType }));
    await this.untilGeneration(patched.metadata.generation);
    return patched;
  }

  /** Reads it, changes it, and writes it back. */
  async update(change: (definition: ReadObject) => void): Promise<ReadObject> {
    const updated = await new ResourceRequests(this.cluster, definitions).update(this.name, change);
    await this.untilGeneration(updated.metadata.generation);
    return updated;
  }

  /** Deletes it and waits until it is gone. */
  async delete(): Promise<void> {
    await succeeded(this.cluster.raw.request('DELETE', `${definitions}/${this.name}`));
    await this.untilGone();
  }

  async untilGone(): Promise<void> {
    const key = { namespace: '', name: this.name };
    await this.cluster.waitFor(CustomResourceDefinition, key, (definition) => definition === undefined);
  }

  private async untilGeneration(generation: number): Promise<void> {
    const key = { namespace: '', name: this.name };
    await this.cluster.waitFor(CustomResourceDefinition, key, (definition) =>
      Boolean((definition?.metadata.generation ?? 0) >= generation),
    );
  }
}
