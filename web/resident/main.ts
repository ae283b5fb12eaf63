import { createApp } from 'vue';
import { loadCity } from '../api/city.ts';
import { applyElders } from '../device/elders.ts';
import { applyLanguage, i18n } from '../language/i18n.ts';
import '../look/base.css';
import '../look/report.css';
import '../fields/fields.css';
import '../photos/photos.css';
import './resident.css';
import { keepSending } from './form/sending.ts';
import ResidentApp from './resident-app.vue';

applyLanguage();
applyElders();
void loadCity();
keepSending();
createApp(ResidentApp).use(i18n).mount('#app');
