module.exports = { preset: '../../jest.preset.cjs', displayName: 'api-e2e' };
