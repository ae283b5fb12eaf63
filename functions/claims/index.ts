export { addClaims as handler } from './handler.ts';
