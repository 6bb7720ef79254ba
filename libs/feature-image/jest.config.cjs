module.exports = { preset: '../../jest.preset.cjs', displayName: 'feature-image' };
