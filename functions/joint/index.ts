import { environmentOf } from '../../shared/config/environment.ts';
import { lambda } from '../../shared/host/lambda.ts';
import { wire } from './wire.ts';

export const handler = wire(environmentOf('joint'), lambda);
