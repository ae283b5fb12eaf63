import { environmentOf } from '../../shared/config/environment.ts';
import { lambda } from '../../shared/host/lambda.ts';
import { settings } from './settings.ts';
import { wire } from './wire.ts';

export const handler = wire(environmentOf(settings), lambda);
