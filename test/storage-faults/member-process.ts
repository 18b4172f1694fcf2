/**
 * One storage member and nothing else: a program of the tests, which kill it hundreds of times and start it again. The member, its disk and its
 * bus are those of the service; only what starts a service around it is left out. Ends when its standard input does, so that it does not
 * outlive the test.
 */
import { flushCompileCache } from 'node:module';
import { NatsBus, Subjects } from '@orrery/bus';
import { createLogger, systemHost } from '@orrery/runtime';
import { StorageMember } from '@orrery/storage';
import type { MemberSettings } from './member.ts';

const settings = JSON.parse(process.argv[2] ?? '') as MemberSettings;
const host = systemHost({ dataFolder: settings.folder, logger: createLogger({ level: 'info' }) });
process.stdin.once('close', () => process.exit(3)).resume();

const bus = await NatsBus.connect({ ...host, ...settings.bus });
const member = new StorageMember(settings.storage, host, bus, new Subjects(settings.cluster));
await member.start();
process.send?.('started');
// Otherwise written at the end of the process, which is sudden here.
flushCompileCache();
