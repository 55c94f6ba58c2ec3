use crate::messages::Providers;

pub(super) const PROVIDERS: Providers = Providers {
    title: "ID 공급자",
    lead: "로그인 페이지에 버튼으로 표시되는 OpenID Connect 공급자이며, 순서는 아래와 같습니다.",
    none: "ID 공급자가 없습니다",
    none_text: "비밀번호로만 로그인합니다. 설정 파일에 [[provider]] 섹션을 추가하면 공급자가 생깁니다.",
    from_file: "공급자는 설정 파일의 [[provider]] 섹션에서 정합니다. 상태와 시각은 응답한 인스턴스의 것입니다.",
    ready: "사용 가능",
    failing: "연결할 수 없음",
    unasked: "아직 확인하지 않음",
    test: "연결 테스트",
    test_passed: |provider| format!("{provider} 응답함"),
    test_passed_text: "메타데이터와 키를 새로 가져왔으며 로그인에 필요한 것이 모두 있습니다. 클라이언트 ID와 비밀이 맞는지는 첫 로그인 때 알 수 있습니다.",
    test_failed: |provider| format!("{provider} 사용할 수 없음"),
    test_failed_text: "기존 세션은 계속 유지됩니다.",
    failed: |at| format!("{} {} UTC에 검색하지 못했습니다:", at.date, at.minute()),
    still_known: |provider| {
        format!(
            "{provider}에 대해 이전에 알아 둔 정보로 계속 로그인할 수 있습니다. 기존 세션은 계속 유지됩니다."
        )
    },
    not_now: |provider| format!("지금은 {provider}(으)로 로그인할 수 없습니다. 기존 세션은 계속 유지됩니다."),
    not_now_local: |provider| {
        format!(
            "지금은 {provider}(으)로 로그인할 수 없습니다. 비밀번호 로그인은 가능하며 기존 세션은 계속 유지됩니다."
        )
    },
    issuer: "발급자",
    newcomers: "새 사용자",
    newcomers_active: "일반 등급, 활성 상태로 생성",
    newcomers_pending: "대기 상태로 생성, 승인 필요",
    newcomers_refused: "거부: 이미 등록된 사용자만 로그인",
    mappings: "그룹 매핑",
    no_mappings: "없음",
    superuser: "슈퍼유저",
    linked: "연결된 사용자",
    redirect_uri: "리디렉션 URI",
    signed_out_uri: "로그아웃 후 리디렉션 URI",
    logout_uri: "백채널 로그아웃 URI",
    discovered: "확인 시각",
    keys: "키",
    algorithms: "알고리즘",
    last_sign_in: "마지막 로그인",
    last_error: "마지막 오류",
    nobody_yet: "시작 이후 없음",
    sign_out: "공급자 로그아웃",
    end_session: "여기서 로그아웃한 뒤 링크로 제공합니다.",
    no_end_session: "로그아웃 페이지가 없습니다.",
    backchannel: "공급자에서 로그아웃하면 알려 줍니다.",
    no_backchannel: "공급자에서 로그아웃해도 알려 주지 않습니다.",
};
