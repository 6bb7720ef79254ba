afterEach(() => jest.resetModules());

it('is apart: who does not import it needs neither @nestjs/schedule nor cron', () => {
  for (const name of ['@nestjs/schedule', 'cron']) {
    jest.doMock(name, () => {
      throw new Error('it is not there');
    });
  }
  jest.isolateModules(() => {
    expect(jest.requireActual('../index')).toHaveProperty('RedisModule');
    expect(() => jest.requireActual('./index')).toThrow('it is not there');
  });
});
