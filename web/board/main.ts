import { createApp } from 'vue';
import { addTexts, applyLanguage, i18n } from '../language/i18n.ts';
import '../styles/base.css';
import '../session/session.css';
import { sessionTexts } from '../session/session-texts.ts';
import BoardApp from './board-app.vue';
import './board.css';
import en from './locales/en.json';
import zh from './locales/zh.json';

addTexts(sessionTexts);
addTexts({ zh, en });
applyLanguage();
createApp(BoardApp).use(i18n).mount('#app');
