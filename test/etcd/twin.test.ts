import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EtcdCluster } from '@orrery/testing';
import { StorageServers } from './storage-servers.ts';
import { type TwinCommand, TwinSide } from './twin-session.ts';

const json = ['-w', 'json'];
const command = (line: string, input?: string): TwinCommand => ({
  args: line.split(' ').filter((word) => word !== ''),
  ...(input !== undefined && { input }),
});
/** A transaction in `etcdctl`'s own notation. */
const txn = (compares: string, success: string, failure: string, flags = ''): TwinCommand => ({
  args: ['txn', ...flags.split(' ').filter((word) => word !== '')],
  input: [compares, '', success, '', failure, '', ''].join('\n'),
});
/** `until` matches the end of what is expected: the command is interrupted then. */
const watch = (line: string, until: RegExp): TwinCommand => ({ args: line.split(' '), until });

/** In order: what one leaves behind the next finds, on both sides alike. Revisions are compared as well. */
const session: Record<string, readonly TwinCommand[]> = {
  'an empty store': [command('endpoint hashkv -w json')],
  'puts and gets': [
    command('put first 1'),
    command('endpoint hashkv -w json'),
    command('del first'),
    command('get nothing'),
    command('get nothing -w json'),
    command('put a 1'),
    command('put a 2 -w json'),
    command('put b 1 --prev-kv'),
    command('put b 2 --prev-kv'),
    command('put b 3 --prev-kv -w json'),
    command('put empty', ''),
    command('put c', 'from standard input'),
    command('put large', 'x'.repeat(1_600_000)),
    command('put larger', 'x'.repeat(2_200_000)),
    command('put key --ignore-value'),
    command('put b --ignore-value'),
    command('put b --ignore-value -w json'),
    command('put b 3 --ignore-lease'),
    command('put unknown 3 --ignore-lease'),
    command('put b 3 --lease=77'),
    { args: ['put', '', 'no key'] },
    { args: ['put', 'ünï/cödé ✓', 'wert'] },
    command('get a -w json'),
    command('get a -w fields'),
    command('get a --print-value-only'),
    command('get a --keys-only'),
    command('get a --consistency=s'),
    command('get a --consistency=x'),
    command('get a c'),
    command('get a c -w json'),
    command('get c a'),
    command('get b --from-key'),
    { args: ['get', '', '--prefix', ...json] },
    { args: ['get', '', '--prefix', '--keys-only'] },
    { args: ['get', '', '--from-key', '--limit=2', ...json] },
    { args: ['get', '', '--prefix', '--sort-by=VERSION', '--order=DESCEND'] },
    { args: ['get', '', '--prefix', '--sort-by=MODIFY', '--order=ASCEND'] },
    { args: ['get', '', '--prefix', '--sort-by=CREATE', '--order=DESCEND', '--limit=3', ...json] },
    { args: ['get', '', '--prefix', '--sort-by=VALUE'] },
    { args: ['get', '', '--prefix', '--sort-by=KEY', '--order=DESCEND', '--limit=1'] },
    { args: ['get', '', '--prefix', '--order=DESCEND'] },
    { args: ['get', '', '--prefix', '--sort-by=COLOUR'] },
    { args: ['get', ''] },
  ],
  'states of the past': [
    command('get a --rev=2'),
    command('get a --rev=2 -w json'),
    command('get a --rev=1'),
    command('get a --rev=1000'),
    command('get a --rev=-5'),
    { args: ['get', '', '--prefix', '--rev=4', ...json] },
  ],
  deletions: [
    command('del nothing'),
    command('del nothing -w json'),
    command('put d/1 x'),
    command('put d/2 y'),
    command('put d/3 z'),
    command('del d/1 --prev-kv'),
    command('del d/ --prefix --prev-kv -w json'),
    command('put e 1'),
    command('del e f'),
    command('del f e'),
    { args: ['del', ''] },
    command('put e 2 -w json'),
    command('get e -w json'),
  ],
  transactions: [
    txn('value("a") = "2"', 'put a 3\nget a', 'get b'),
    txn('value("a") = "2"', 'put a 4', 'get b\nget a'),
    txn('version("a") > "1"\ncreate("a") = "2"\nmod("a") < "1000"', 'put t 1', ''),
    txn('version("a") != "1"', 'get a', '', '-w json'),
    txn('version("new") = "0"', 'put new 1\ndel b', '', '-w json'),
    txn('version("new") = "0"', 'put new 1', 'get new', '-w json'),
    txn('value("nothing") = ""', 'put x 1', 'put x 2'),
    txn('', 'put u 1\nput v 2\nget u', '', '-w json'),
    txn('', 'put u 1\nput u 2', ''),
    txn('', 'put w/1 1\ndel w/ --prefix', ''),
    txn('', 'del w/ --prefix\ndel w/1', ''),
    txn('', 'get u --rev=10000', ''),
    txn('', 'put u 5 --lease=99', ''),
    txn('', '', ''),
    txn('version("") = "0"', 'get a', ''),
    txn('version("a") = "x"', 'get a', ''),
    txn('', Array.from({ length: 128 }, (_, at) => `put many/${at} x`).join('\n'), ''),
    txn('', Array.from({ length: 129 }, (_, at) => `put many/${at} x`).join('\n'), ''),
    { args: ['get', 'many/', '--prefix', '--limit=2', ...json] },
  ],
  leases: [
    command('lease grant 600'),
    command('put l1 x --lease=<lease>'),
    command('put l2 y --lease=<lease> -w json'),
    command('put l2 z --ignore-lease'),
    command('get l2 -w json'),
    command('lease timetolive <lease>'),
    command('lease list'),
    command('lease keep-alive --once <lease>'),
    txn('version("l1") = "1"', 'put l1 changed', ''),
    command('lease timetolive <lease> --keys'),
    command('lease revoke <lease>'),
    { args: ['get', 'l', '--prefix', ...json] },
    command('lease revoke <lease>'),
    command('lease timetolive <lease>'),
    command('lease keep-alive --once <lease>'),
    command('lease list'),
    command('lease grant -7'),
    command('lease grant 10000000000'),
    command('lease grant x'),
    command('lease grant 9000000000'),
    command('lease revoke <lease>'),
    command('lease revoke zz'),
  ],
  watches: [
    watch('watch a --rev=2', /PUT\na\n3\n/),
    watch('watch a --rev=2 --prev-kv', /PUT\na\n2\na\n3\n/),
    watch('watch d/ --prefix --rev=1', /DELETE\nd\/3\n\n/),
    watch('watch d/ --prefix --rev=1 --prev-kv -w json', /"type":1[\s\S]*"type":1[\s\S]*"type":1[\s\S]*\n/),
    watch('watch a c --rev=2 -w json', /Events.*\n/),
    watch('watch new --rev=1 -- echo seen', /seen\n/),
    command('watch'),
  ],
  compaction: [
    command('compaction 0'),
    command('compaction -3'),
    command('compaction 100000'),
    command('compaction 10'),
    command('compaction 10'),
    command('compaction 9'),
    command('compaction 12 --physical'),
    command('get a --rev=9'),
    command('get a --rev=11'),
    command('get a --rev=12'),
    txn('', 'get a --rev=5', ''),
    command('watch a --rev=5'),
    command('compaction x'),
    { args: ['get', '', '--prefix', ...json] },
  ],
  'maintenance and members': [
    command('alarm list'),
    command('alarm disarm'),
    command('alarm list -w json'),
    command('defrag'),
    command('endpoint health'),
    command('move-leader 1234'),
    command('move-leader x'),
    command('member remove 1234'),
    command('member promote 1234'),
    command('member update 1234 --peer-urls=http://10.0.0.1:2380'),
    command('member add new --peer-urls=nonsense'),
    command('member add new'),
    command('member remove zz'),
  ],
  'users and roles, which are off': [
    command('user list'),
    command('role list'),
    command('auth disable'),
    command('auth enable'),
    command('user get nobody'),
    command('role get nobody'),
    command('user delete nobody'),
    command('role delete nobody'),
    command('user grant-role nobody nothing'),
    command('get a --user=root:pass'),
  ],
};

describe('the same session with Debian’s etcd and with storage', () => {
  let etcd: EtcdCluster;
  let storage: StorageServers;
  let theirs: TwinSide;
  let ours: TwinSide;

  beforeAll(async () => {
    [etcd, storage] = await Promise.all([EtcdCluster.start(), StorageServers.start(1)]);
    theirs = new TwinSide(etcd.endpoints[0] ?? '');
    ours = new TwinSide(storage.endpoint('storage-1'));
  });
  afterAll(async () => {
    await storage?.stop();
    await etcd?.close();
  });

  for (const [topic, commands] of Object.entries(session)) {
    describe(topic, () => {
      it.each(commands.map((each) => ({ ...each, line: each.args.join(' ') })))('$line', async (each) => {
        const expected = await theirs.run(each);
        expect(await ours.run(each)).toBe(expected);
      });
    });
  }
});
