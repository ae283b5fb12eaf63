import { buildFunctions, buildWeb, readCity } from './build.ts';
import { createApp } from './create-app.ts';

try {
  const city = readCity();
  const [functions, pages] = await Promise.all([buildFunctions({ city }), buildWeb()]);
  createApp({ city, functions, pages }).app.synth();
} catch (error) {
  // The message is enough for someone editing the city file or the stack; a stack trace would hide it.
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
