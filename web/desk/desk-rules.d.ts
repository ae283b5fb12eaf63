/** Made from the rules when the page is built: see `vite.config.ts`. */
declare module 'virtual:desk-rules' {
  const rules: import('../desk-rules.ts').DeskRules;
  export default rules;
}
