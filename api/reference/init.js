// Shows the contract. Nothing can be sent from the page, and nothing outside is asked.
window.ui = SwaggerUIBundle({
  url: "/api/v1/openapi.yaml",
  dom_id: "#reference",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  supportedSubmitMethods: [],
  validatorUrl: null,
  queryConfigEnabled: false,
  displayOperationId: true,
  onComplete: () => document.body.setAttribute("data-shown", "true"),
});
