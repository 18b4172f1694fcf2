import { runService } from '@orrery/service';
import { schedulerService } from './index.ts';

await runService({ service: schedulerService, configure: (settings) => settings });
