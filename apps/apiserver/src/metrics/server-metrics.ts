import type { ResourceCatalog, ResourceTable } from '@orrery/api';
import type { MetricsRegistry } from '@orrery/service';
import type { ObjectCache } from '../cache/object-cache.ts';

/** What the server itself and its cache show, under upstream's names. */
export function registerServerMetrics(registry: MetricsRegistry, resources: ResourceCatalog, cache: ObjectCache): void {
  const parts = () => cache.parts().filter(({ group, resource }) => isServed(resources.table, group, resource));
  registry.computed(
    'gauge',
    {
      name: 'apiserver_storage_objects',
      help: 'Number of stored objects at the time of last check split by kind.',
      labels: ['resource'],
    },
    () => parts().map(({ group, resource, part }) => [[group === '' ? resource : `${resource}.${group}`], part.size]),
  );
  registry.computed(
    'gauge',
    {
      name: 'apiserver_registered_watchers',
      help: 'Number of currently registered watchers for a given resource',
      labels: ['group', 'resource'],
    },
    () => parts().map(({ group, resource, part }) => [[group, resource], part.listenerCount]),
  );
  registry.computed('gauge', { name: 'process_resident_memory_bytes', help: 'Resident memory size in bytes.' }, () => [
    [[], process.memoryUsage.rss()],
  ]);
  registry.computed(
    'counter',
    { name: 'process_cpu_seconds_total', help: 'Total user and system CPU time spent in seconds.' },
    () => {
      const { user, system } = process.cpuUsage();
      return [[[], (user + system) / 1e6]];
    },
  );
}

function isServed(table: ResourceTable, group: string, resource: string): boolean {
  return table.groupVersions().some(({ version, ...gv }) => gv.group === group && table.find(group, version, resource));
}
