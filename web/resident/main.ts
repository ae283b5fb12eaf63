import { createApp } from 'vue';
import { loadCity } from '../api/city.ts';
import { applyLanguage, i18n } from '../language/i18n.ts';
import '../look/base.css';
import './resident.css';
import ResidentApp from './resident-app.vue';

applyLanguage();
void loadCity();
createApp(ResidentApp).use(i18n).mount('#app');
