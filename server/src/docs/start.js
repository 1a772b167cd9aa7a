// Shows the document of this daemon. Nothing is asked of anybody else: no validator, no address from the query.
window.ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#document",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  syntaxHighlight: false,
  validatorUrl: null,
  queryConfigEnabled: false,
});
