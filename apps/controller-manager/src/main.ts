import { runService } from '@orrery/service';
import { controllerManagerService } from './index.ts';

await runService({ service: controllerManagerService, configure: (settings) => settings });
