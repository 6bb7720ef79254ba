module.exports = { preset: '../../jest.preset.cjs', displayName: 'reliability' };
