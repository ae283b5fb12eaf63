import { createApp } from 'vue';
import { applyLanguage, i18n } from '../language/i18n.ts';
import '../look/base.css';
import '../session/session.css';
import BoardApp from './board-app.vue';
import './board.css';

applyLanguage();
createApp(BoardApp).use(i18n).mount('#app');
