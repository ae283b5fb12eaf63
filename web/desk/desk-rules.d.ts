/** Generated from the rules at build time: see `vite.config.ts`. */
declare module 'virtual:desk-rules' {
  const rules: import('../desk-rules.ts').DeskRules;
  export default rules;
}
