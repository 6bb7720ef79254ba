module.exports = { preset: '../../jest.preset.cjs', displayName: 'data-access-redis' };
