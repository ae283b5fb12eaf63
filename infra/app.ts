import { buildFunctions, buildWeb, readCity } from './build.ts';
import { createApp } from './create-app.ts';

try {
  const city = readCity();
  const [functions, pages] = await Promise.all([buildFunctions({ city }), buildWeb()]);
  createApp({ city, functions, pages }).app.synth();
} catch (error) {
  // What goes wrong here is for whoever edits the city or the stack; the message says it, a trace would bury it.
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
