import { createApp } from 'vue';
import { applyLanguage, i18n } from '../language/i18n.ts';
import '../look/base.css';
import '../look/report.css';
import '../fields/fields.css';
import '../photos/photos.css';
import '../session/session.css';
import './desk.css';
import DeskApp from './desk-app.vue';

applyLanguage();
createApp(DeskApp).use(i18n).mount('#app');
