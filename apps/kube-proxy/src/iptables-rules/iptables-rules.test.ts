import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { EndpointSlice, Service } from '@orrery/api';
import { parseAllDocuments } from 'yaml';
import { endpointsByPort } from '../endpoints/endpoints.ts';
import { servicePorts } from '../service-ports/service-ports.ts';
import { iptablesRules } from './iptables-rules.ts';

/** Each `x.yaml` holds services and endpoint slices; `x.golden.txt` the rules that node-1 has for them. */
const folder = join(import.meta.dirname, 'testdata');
const cases = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => name.replace('.yaml', ''));

function rulesFor(name: string, existingChains: readonly string[] = []): string {
  const objects = parseAllDocuments(readFileSync(join(folder, `${name}.yaml`), 'utf8')).map((document) =>
    document.toJS(),
  );
  const services: Service[] = objects.filter((object) => object.kind === 'Service');
  const slices: EndpointSlice[] = objects.filter((object) => object.kind === 'EndpointSlice');
  return iptablesRules({
    ports: servicePorts(services.map((service) => ({ ...service, status: service.status ?? {} }))),
    endpoints: endpointsByPort(slices, 'node-1'),
    clusterCidr: '10.244.0.0/16',
    existingChains,
  });
}

describe('the rules of kube-proxy', () => {
  it.each(cases)('for %s', (name) => {
    const golden = join(folder, `${name}.golden.txt`);
    if (process.env.UPDATE_GOLDEN) writeFileSync(golden, rulesFor(name));
    expect(rulesFor(name)).toBe(readFileSync(golden, 'utf8'));
  });

  it('remove the chains of services that are gone', () => {
    const rules = rulesFor('cluster-ip', ['KUBE-SVC-GONEGONEGONEGONE']);
    expect(rules).toContain(':KUBE-SVC-GONEGONEGONEGONE - [0:0]\n');
    expect(rules).toContain('-X KUBE-SVC-GONEGONEGONEGONE\n');
  });

  it('give each of n endpoints the same share', () => {
    const shares = [...rulesFor('cluster-ip').matchAll(/--probability (\S+)/g)].map((match) => Number(match[1]));
    expect(shares).toEqual([0.3333333333, 0.5]);
  });
});
