import { Controller, Delete, Get, Headers, HttpCode, Ip, Post, Put } from '@nestjs/common';
import {
  type AuthenticatedUser,
  CurrentUser,
  Endpoint,
  idParams,
  type List,
  type PageQuery,
  problem,
  RateLimit,
  ValidBody,
  ValidParams,
  ValidQuery,
} from '@sluice/util-http';
import type { z } from 'zod';
import { AuthService } from '../auth.service';
import { SessionService } from '../sessions/session.service';
import {
  loginBody,
  meSchema,
  passwordBody,
  refreshBody,
  registerBody,
  sessionListSchema,
  sessionsQuery,
  type SessionView,
  type SignedIn,
  signedInSchema,
} from './auth.schemas';

@Controller('api/auth')
export class AuthController {
  constructor(
    private readonly auth: AuthService,
    private readonly sessions: SessionService,
  ) {}

  @Post('register')
  @RateLimit({ policies: ['register-ip', 'register-email'] })
  @Endpoint({
    summary: 'Creates a user and signs in',
    public: true,
    body: registerBody,
    responses: { 201: signedInSchema },
    problems: [409],
  })
  register(
    @ValidBody() { email, password }: z.infer<typeof registerBody>,
    @Headers('user-agent') userAgent: string | undefined,
    @Ip() ip: string,
  ): Promise<SignedIn> {
    return this.auth.register(email, password, { userAgent, ip });
  }

  @Post('login')
  @RateLimit({ policies: ['login-ip', 'login-email'] })
  @HttpCode(200)
  @Endpoint({
    summary: 'Signs in',
    public: true,
    body: loginBody,
    responses: { 200: signedInSchema },
    problems: [401],
  })
  login(
    @ValidBody() { email, password }: z.infer<typeof loginBody>,
    @Headers('user-agent') userAgent: string | undefined,
    @Ip() ip: string,
  ): Promise<SignedIn> {
    return this.auth.login(email, password, { userAgent, ip });
  }

  @Post('refresh')
  @HttpCode(200)
  @Endpoint({
    summary: 'Exchanges a refresh token for the next one and a new access token',
    public: true,
    body: refreshBody,
    responses: { 200: signedInSchema },
    problems: [401],
  })
  refresh(@ValidBody() { refreshToken }: z.infer<typeof refreshBody>): Promise<SignedIn> {
    return this.sessions.refresh(refreshToken);
  }

  @Post('logout')
  @Endpoint({ summary: 'Ends this session, at once and everywhere', responses: { 204: null } })
  async logout(@CurrentUser() user: AuthenticatedUser): Promise<void> {
    await this.sessions.end(user.sessionId, user.id);
  }

  @Post('logout-all')
  @Endpoint({ summary: 'Ends all sessions of the user', responses: { 204: null } })
  async logoutAll(@CurrentUser() user: AuthenticatedUser): Promise<void> {
    await this.sessions.endAll(user.id);
  }

  @Put('password')
  @Endpoint({
    summary: 'Changes the password and ends the other sessions',
    body: passwordBody,
    responses: { 204: null },
    problems: [403],
  })
  async changePassword(
    @CurrentUser() user: AuthenticatedUser,
    @ValidBody() { currentPassword, newPassword }: z.infer<typeof passwordBody>,
  ): Promise<void> {
    await this.auth.changePassword(user, currentPassword, newPassword);
  }

  @Get('me')
  @Endpoint({ summary: 'Who is signed in', responses: { 200: meSchema } })
  async me(@CurrentUser() user: AuthenticatedUser): Promise<z.infer<typeof meSchema>> {
    const { id, email, createdAt } = await this.auth.me(user);
    return { id, email, createdAt: createdAt.toISOString() };
  }

  @Get('sessions')
  @Endpoint({
    summary: 'Active sessions, newest first',
    query: sessionsQuery,
    responses: { 200: sessionListSchema },
  })
  listSessions(
    @CurrentUser() user: AuthenticatedUser,
    @ValidQuery() page: PageQuery,
  ): Promise<List<SessionView>> {
    return this.sessions.list(user, page);
  }

  @Delete('sessions/:id')
  @Endpoint({
    summary: 'Ends one session, at once and everywhere',
    params: idParams,
    responses: { 204: null },
    problems: [404],
  })
  async endSession(
    @CurrentUser() user: AuthenticatedUser,
    @ValidParams() { id }: z.infer<typeof idParams>,
  ): Promise<void> {
    if (!(await this.sessions.end(id, user.id)))
      throw problem(404, { detail: 'There is no such active session.' });
  }
}
