import { measureStart } from './measure-start.ts';

const times = await measureStart();
process.stdout.write(JSON.stringify(times), () => process.exit(0));
