/** The part of the browser's speech recognition used here; TypeScript has no types for it yet. */
type Recognition = {
  lang: string;
  continuous: boolean;
  onresult: ((event: { resultIndex: number; results: ArrayLike<Result> }) => void) | null;
  onerror: ((event: { error: string }) => void) | null;
  onend: (() => void) | null;
  start: () => void;
  stop: () => void;
};
type Result = { isFinal: boolean; 0: { transcript: string } };

const constructors = window as unknown as Partial<
  Record<'SpeechRecognition' | 'webkitSpeechRecognition', new () => Recognition>
>;
const Recogniser = constructors.SpeechRecognition ?? constructors.webkitSpeechRecognition;

/** Browsers refuse the microphone to pages served over plain HTTP. */
export const canListen = Recogniser !== undefined && isSecureContext;

export type ListeningEnd = 'heard' | 'nothing-heard' | 'denied' | 'failed';
export type Listening = { stop: () => void; end: Promise<ListeningEnd> };

/** Listens until it is stopped or the speaker pauses; `onPhrase` is called with each recognised phrase. */
export function listen(language: string, onPhrase: (phrase: string) => void): Listening {
  if (!Recogniser) return { stop: () => undefined, end: Promise.resolve('failed') };
  const recognition = new Recogniser();
  recognition.lang = language;
  recognition.continuous = true;
  let hasResult = false;
  let failure: ListeningEnd | undefined;
  const end = new Promise<ListeningEnd>((resolve) => {
    recognition.onresult = ({ resultIndex, results }) => {
      for (const result of Array.from(results).slice(resultIndex)) {
        if (!result.isFinal) continue;
        hasResult = true;
        onPhrase(result[0].transcript.trim());
      }
    };
    recognition.onerror = ({ error }) => {
      if (error === 'not-allowed' || error === 'service-not-allowed') failure = 'denied';
      else if (error !== 'no-speech' && error !== 'aborted') failure = 'failed';
    };
    recognition.onend = () => resolve(hasResult ? 'heard' : (failure ?? 'nothing-heard'));
  });
  recognition.start();
  return { stop: () => recognition.stop(), end };
}
