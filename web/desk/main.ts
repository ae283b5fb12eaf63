import { createApp } from 'vue';
import type { UploadForm } from '../api/upload.ts';
import { addTexts, applyLanguage, i18n } from '../language/i18n.ts';
import '../styles/base.css';
import '../styles/report.css';
import '../fields/fields.css';
import '../photos/photos.css';
import '../session/session.css';
import { setFormRequest } from '../photos/send-photos.ts';
import { staffRequest } from '../session/session.ts';
import { sessionTexts } from '../session/session-texts.ts';
import './desk.css';
import DeskApp from './desk-app.vue';
import en from './locales/en.json';
import zh from './locales/zh.json';

addTexts(sessionTexts);
addTexts({ zh, en });
applyLanguage();
setFormRequest(async (options) => {
  const outcome = await staffRequest<{ uploads: UploadForm[] }>('/api/desk/uploads', options);
  // The page shows the sign-in by itself; for the photos, this is a failed upload.
  return outcome.kind === 'signed-out' ? { kind: 'unanswered', why: 'fault' } : outcome;
});
createApp(DeskApp).use(i18n).mount('#app');
