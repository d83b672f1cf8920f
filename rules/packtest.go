package rules
// Test placeholder
