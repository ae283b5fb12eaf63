import { createApp } from 'vue';
import { addTexts, applyLanguage, i18n } from '../language/i18n.ts';
import '../look/base.css';
import '../look/report.css';
import '../fields/fields.css';
import '../photos/photos.css';
import '../session/session.css';
import { sessionTexts } from '../session/session-texts.ts';
import './desk.css';
import DeskApp from './desk-app.vue';
import en from './locales/en.json';
import zh from './locales/zh.json';

addTexts(sessionTexts);
addTexts({ zh, en });
applyLanguage();
createApp(DeskApp).use(i18n).mount('#app');
